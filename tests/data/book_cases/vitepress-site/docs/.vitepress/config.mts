export default {title: 'Kites', cleanUrls: true}
